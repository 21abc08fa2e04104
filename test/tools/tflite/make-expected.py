"""Writes expected.json: what LiteRT computes for the small files that write-graphs.ts wrote into the folder given.

Run by hand, with ai-edge-litert installed, when the graphs change.
"""

import json
import sys
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

expected = {}
for file in sorted(Path(sys.argv[1]).glob("*.tflite")):
    interpreter = Interpreter(str(file))
    interpreter.allocate_tensors()
    (given,) = interpreter.get_input_details()
    (made,) = interpreter.get_output_details()
    x = np.fromfile(file.with_suffix(".input"), np.float32).reshape(given["shape"])
    interpreter.set_tensor(given["index"], x)
    interpreter.invoke()
    y = interpreter.get_tensor(made["index"])
    expected[file.stem] = {
        "dims": list(y.shape),
        "values": [float(f"{v:.7g}") for v in y.ravel()],
    }

Path(__file__).with_name("expected.json").write_text(json.dumps(expected) + "\n")
