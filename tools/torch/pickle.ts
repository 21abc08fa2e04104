/**
 * Python's pickle format, protocols 2 to 5, as far as state dicts use it.
 *
 * A pickle is a program for a small stack machine (Python's `Lib/pickletools.py` lists its opcodes). This one builds plain data and
 * **calls nothing**: what a pickle asks to call is handed to the caller's hooks, which know a fixed list of names.
 *
 * @module
 */
import { createCursor } from "./cursor.ts";
import { CheckpointError } from "./error.ts";
import type { Storage, Tensor } from "./tensor.ts";

/** A value that a pickle builds. */
export type PickleValue = null | boolean | number | bigint | string | PickleObject;

/** A compound value. Tensors and storages come from the hooks alone. */
export type PickleObject = PickleTuple | PickleList | PickleDict | PickleGlobal | Tensor | Storage;

/** A Python tuple. */
interface PickleTuple {
  readonly kind: "tuple";
  readonly items: readonly PickleValue[];
}

/** A Python list. */
interface PickleList {
  readonly kind: "list";
  readonly items: PickleValue[];
}

/** A Python `dict` or `OrderedDict`. */
export interface PickleDict {
  readonly kind: "dict";
  readonly entries: Map<string | number, PickleValue>;
}

/** A reference to a Python class or function that the hooks allowed. */
export interface PickleGlobal {
  readonly kind: "global";
  /** `module.name`, as Python writes it. */
  readonly name: string;
}

/** What the machine asks its caller. */
export interface PickleHooks {
  /** Called for every class or function a pickle names. @throws {CheckpointError} when it is not on the list. */
  global(name: string): PickleGlobal;
  /** Called where Python would call `callable(*args)`. */
  reduce(callable: PickleGlobal, args: readonly PickleValue[]): PickleValue;
  /** Called where Python would call `persistent_load(id)`. */
  persistentLoad(id: PickleValue): PickleValue;
}

/**
 * Opcodes that one pickle may have: the largest network here needs 10,000. An opcode of one byte can build an object of a few
 * hundred, so this bounds memory to about a hundred megabytes.
 */
const MAX_OPCODES = 250_000;

const MARK = Symbol("mark");
type StackItem = PickleValue | typeof MARK;

/**
 * Runs one pickle.
 *
 * @param bytes A buffer that holds it.
 * @param start Where in the buffer it begins.
 * @returns The value, and where the pickle ended.
 * @throws {CheckpointError} on anything that a state dict's pickle does not hold, and on damage.
 */
export function unpickle(
  bytes: Uint8Array,
  start: number,
  hooks: PickleHooks,
): { value: PickleValue; end: number } {
  const cursor = createCursor(bytes, start, "the pickle");
  const { damaged, byte, uint32, text } = cursor;
  const memo = new Map<number, PickleValue>();
  const stack: StackItem[] = [];

  const push = (value: PickleValue) => {
    stack.push(value);
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined || value === MARK) throw damaged("a value is missing on the stack");
    return value;
  };
  const top = (): PickleValue => {
    const value = stack.at(-1);
    if (value === undefined || value === MARK) throw damaged("a value is missing on the stack");
    return value;
  };
  const popToMark = (): PickleValue[] => {
    const mark = stack.lastIndexOf(MARK);
    if (mark < 0) throw damaged("a mark is missing on the stack");
    const items = stack.splice(mark + 1) as PickleValue[];
    stack.pop();
    return items;
  };
  const tuple = (items: PickleValue[]): PickleTuple => ({ kind: "tuple", items });
  const popMany = (count: number): PickleValue[] => Array.from({ length: count }, pop).reverse();
  const topOf = <K extends "dict" | "list">(kind: K): Extract<PickleObject, { kind: K }> => {
    const value = top();
    if (!isObject(value) || value.kind !== kind) throw damaged(`a ${kind} was expected`);
    return value as Extract<PickleObject, { kind: K }>;
  };
  const setItems = (items: readonly PickleValue[]) => {
    const { entries } = topOf("dict");
    if (items.length % 2 !== 0) throw damaged("a key without a value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      if (typeof key !== "string" && typeof key !== "number")
        throw damaged("a key that is no string or number");
      entries.set(key, items[i + 1] as PickleValue);
    }
  };
  const recall = (index: number) => {
    const value = memo.get(index);
    if (value === undefined) throw damaged(`nothing is remembered under ${index}`);
    push(value);
  };

  for (let count = 0; ; count++) {
    if (count >= MAX_OPCODES) {
      throw new CheckpointError(
        "too_large",
        `the pickle has more than ${MAX_OPCODES} opcodes: no state dict does`,
      );
    }
    const opcode = byte();
    switch (opcode) {
      case 0x80: {
        const protocol = byte();
        if (protocol < 2 || protocol > 5) {
          throw new CheckpointError("unsupported", `pickle protocol ${protocol}: 2 to 5 are read`);
        }
        break;
      }
      case 0x95: // FRAME: a hint for readers that stream.
        cursor.length64();
        break;
      case 0x2e: // STOP
        return { value: pop(), end: cursor.position() };
      case 0x28: // MARK
        stack.push(MARK);
        break;
      case 0x4e: // NONE
        push(null);
        break;
      case 0x88: // NEWTRUE
        push(true);
        break;
      case 0x89: // NEWFALSE
        push(false);
        break;
      case 0x4b: // BININT1
        push(byte());
        break;
      case 0x4d: // BININT2
        push(cursor.uint16());
        break;
      case 0x4a: // BININT
        push(cursor.int32());
        break;
      case 0x8a: // LONG1
        push(cursor.long(byte()));
        break;
      case 0x47: // BINFLOAT, big-endian
        push(cursor.float64BigEndian());
        break;
      case 0x58: // BINUNICODE
        push(text(uint32()));
        break;
      case 0x8c: // SHORT_BINUNICODE
        push(text(byte()));
        break;
      case 0x8d: // BINUNICODE8
        push(text(cursor.length64()));
        break;
      case 0x29: // EMPTY_TUPLE
        push(tuple([]));
        break;
      case 0x85: // TUPLE1
        push(tuple(popMany(1)));
        break;
      case 0x86: // TUPLE2
        push(tuple(popMany(2)));
        break;
      case 0x87: // TUPLE3
        push(tuple(popMany(3)));
        break;
      case 0x74: // TUPLE
        push(tuple(popToMark()));
        break;
      case 0x5d: // EMPTY_LIST
        push({ kind: "list", items: [] });
        break;
      case 0x61: {
        // APPEND
        const item = pop();
        topOf("list").items.push(item);
        break;
      }
      case 0x65: {
        // APPENDS
        const items = popToMark();
        const list = topOf("list").items;
        for (const item of items) list.push(item);
        break;
      }
      case 0x7d: // EMPTY_DICT
        push({ kind: "dict", entries: new Map() });
        break;
      case 0x73: // SETITEM
        setItems(popMany(2));
        break;
      case 0x75: // SETITEMS
        setItems(popToMark());
        break;
      case 0x71: // BINPUT
        memo.set(byte(), top());
        break;
      case 0x72: // LONG_BINPUT
        memo.set(uint32(), top());
        break;
      case 0x94: // MEMOIZE
        memo.set(memo.size, top());
        break;
      case 0x68: // BINGET
        recall(byte());
        break;
      case 0x6a: // LONG_BINGET
        recall(uint32());
        break;
      case 0x63: {
        // GLOBAL
        const module = cursor.line();
        push(hooks.global(`${module}.${cursor.line()}`));
        break;
      }
      case 0x93: {
        // STACK_GLOBAL
        const [module, name] = popMany(2);
        if (typeof module !== "string" || typeof name !== "string") throw damaged("a class without a name");
        push(hooks.global(`${module}.${name}`));
        break;
      }
      case 0x51: // BINPERSID
        push(hooks.persistentLoad(pop()));
        break;
      case 0x52: {
        // REDUCE
        const [callable, args] = popMany(2);
        if (!isObject(callable) || callable.kind !== "global") throw damaged("a call of what is no function");
        if (!isObject(args) || args.kind !== "tuple") throw damaged("a call without arguments");
        push(hooks.reduce(callable, args.items));
        break;
      }
      case 0x62: // BUILD: sets attributes (`_metadata` of a state dict), which nothing here needs.
        pop();
        topOf("dict");
        break;
      default:
        throw new CheckpointError(
          "unsupported",
          `pickle opcode 0x${opcode.toString(16).padStart(2, "0")} at byte ${cursor.position() - 1 - start} is not part of a state dict`,
        );
    }
  }
}

/** Whether a pickled value is a compound one. */
export function isObject(value: PickleValue | undefined): value is PickleObject {
  return typeof value === "object" && value !== null;
}
