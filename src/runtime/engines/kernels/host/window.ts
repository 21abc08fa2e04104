/**
 * Convolutions and pooling in plain TypeScript: exact and slow. What no kernel knows (grouped convolutions, odd transposed ones) runs here.
 *
 * @module
 */
import type { ConvCall, ConvTransposeCall, GlobalPoolCall, PoolCall } from "../calls.ts";
import { type ImageShape, imageShape } from "../views.ts";
import { activationFunction } from "./activate.ts";
import type { Host } from "./types.ts";

/** Writes zero to the channels that pad a pixel: they must never be NaN. */
function clearPadding(f32: Float32Array, pixel: number, shape: ImageShape): void {
  const end = Math.min(shape.pixelStride, Math.ceil(shape.channels / 4) * 4);
  for (let c = shape.channels; c < end; c++) f32[pixel + c] = 0;
}

export function runConv(call: ConvCall, host: Host): void {
  const f32 = host.f32();
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const xAt = host.place(call.input).at;
  const yAt = host.place(call.output).at;
  const residual = call.residual && { at: host.place(call.residual).at, ...imageShape(call.residual) };
  const { weight, bias } = host.weights(call.weights);
  const activate = activationFunction(call.activation);
  const [kh, kw] = call.window.kernel;
  const [sy, sx] = call.window.stride;
  const [dy, dx] = call.window.dilation;
  const [top, left] = call.window.pads;
  const perGroup = x.channels / call.group;
  const outPerGroup = y.channels / call.group;
  for (let n = 0; n < y.batch; n++) {
    for (let oy = call.rows[0]; oy < call.rows[1]; oy++) {
      for (let ox = 0; ox < y.width; ox++) {
        const out = yAt + n * y.imageStride + oy * y.rowStride + ox * y.pixelStride;
        const sums = new Float64Array(y.channels);
        for (let o = 0; o < y.channels; o++) {
          const first = Math.floor(o / outPerGroup) * perGroup;
          let sum = f32[bias + o];
          for (let ky = 0; ky < kh; ky++) {
            const iy = oy * sy - top + ky * dy;
            if (iy < 0 || iy >= x.height) continue;
            for (let kx = 0; kx < kw; kx++) {
              const ix = ox * sx - left + kx * dx;
              if (ix < 0 || ix >= x.width) continue;
              const from = xAt + n * x.imageStride + iy * x.rowStride + ix * x.pixelStride + first;
              const w = weight + o * perGroup * kh * kw + ky * kw + kx;
              for (let i = 0; i < perGroup; i++) sum += f32[from + i] * f32[w + i * kh * kw];
            }
          }
          sums[o] = sum;
        }
        const add = residual
          ? residual.at + n * residual.imageStride + oy * residual.rowStride + ox * residual.pixelStride
          : -1;
        for (let o = 0; o < y.channels; o++) f32[out + o] = activate(sums[o] + (add < 0 ? 0 : f32[add + o]));
        clearPadding(f32, out, y);
      }
    }
  }
}

export function runConvTranspose(call: ConvTransposeCall, host: Host): void {
  const f32 = host.f32();
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const xAt = host.place(call.input).at;
  const yAt = host.place(call.output).at;
  const { weight, bias } = host.weights(call.weights);
  const activate = activationFunction(call.activation);
  const [kh, kw] = call.window.kernel;
  const [sy, sx] = call.window.stride;
  const [dy, dx] = call.window.dilation;
  const [top, left] = call.window.pads;
  const perGroup = x.channels / call.group;
  const outPerGroup = y.channels / call.group;
  for (let n = 0; n < y.batch; n++) {
    for (let oy = 0; oy < y.height; oy++) {
      for (let ox = 0; ox < y.width; ox++) {
        const out = yAt + n * y.imageStride + oy * y.rowStride + ox * y.pixelStride;
        for (let o = 0; o < y.channels; o++) {
          const first = Math.floor(o / outPerGroup) * perGroup;
          let sum = f32[bias + o];
          for (let ky = 0; ky < kh; ky++) {
            const iy = (oy + top - ky * dy) / sy;
            if (!Number.isInteger(iy) || iy < 0 || iy >= x.height) continue;
            for (let kx = 0; kx < kw; kx++) {
              const ix = (ox + left - kx * dx) / sx;
              if (!Number.isInteger(ix) || ix < 0 || ix >= x.width) continue;
              const from = xAt + n * x.imageStride + iy * x.rowStride + ix * x.pixelStride + first;
              const w = weight + (first * outPerGroup + (o % outPerGroup)) * kh * kw + ky * kw + kx;
              for (let i = 0; i < perGroup; i++) sum += f32[from + i] * f32[w + i * outPerGroup * kh * kw];
            }
          }
          f32[out + o] = activate(sum);
        }
        clearPadding(f32, out, y);
      }
    }
  }
}

export function runPool(call: PoolCall, host: Host): void {
  const f32 = host.f32();
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const xAt = host.place(call.input).at;
  const yAt = host.place(call.output).at;
  const [kh, kw] = call.window.kernel;
  const [sy, sx] = call.window.stride;
  const [dy, dx] = call.window.dilation;
  const [top, left, bottom, right] = call.window.pads;
  const isMax = call.mode === "max";
  for (let n = 0; n < y.batch; n++) {
    for (let oy = call.rows[0]; oy < call.rows[1]; oy++) {
      for (let ox = 0; ox < y.width; ox++) {
        const out = yAt + n * y.imageStride + oy * y.rowStride + ox * y.pixelStride;
        for (let c = 0; c < y.channels; c++) {
          let result = isMax ? Number.NEGATIVE_INFINITY : 0;
          let count = 0;
          for (let ky = 0; ky < kh; ky++) {
            for (let kx = 0; kx < kw; kx++) {
              const iy = oy * sy - top + ky * dy;
              const ix = ox * sx - left + kx * dx;
              const inside = iy >= 0 && iy < x.height && ix >= 0 && ix < x.width;
              // Padding counts, but not what `ceil_mode` reaches beyond it.
              if (inside || (call.countPad && iy < x.height + bottom && ix < x.width + right)) count++;
              if (!inside) continue;
              const value = f32[xAt + n * x.imageStride + iy * x.rowStride + ix * x.pixelStride + c];
              result = isMax ? Math.max(result, value) : result + value;
            }
          }
          f32[out + c] = isMax ? result : result / count;
        }
        clearPadding(f32, out, y);
      }
    }
  }
}

export function runGlobalPool(call: GlobalPoolCall, host: Host): void {
  const f32 = host.f32();
  const x = imageShape(call.input);
  const y = imageShape(call.output);
  const xAt = host.place(call.input).at;
  const yAt = host.place(call.output).at;
  for (let n = 0; n < x.batch; n++) {
    for (let c = 0; c < x.channels; c++) {
      let sum = 0;
      let max = Number.NEGATIVE_INFINITY;
      for (let i = 0; i < x.height; i++) {
        for (let j = 0; j < x.width; j++) {
          const value = f32[xAt + n * x.imageStride + i * x.rowStride + j * x.pixelStride + c];
          sum += value;
          max = Math.max(max, value);
        }
      }
      f32[yAt + n * y.imageStride + c] = call.mode === "max" ? max : sum / (x.height * x.width);
    }
    clearPadding(f32, yAt + n * y.imageStride, y);
  }
}
