/**
 * sin and cos in f64 from exact operations only, for |x| <= 2^20 (rotary angles and schedules).
 *
 * Source: fdlibm k_sin.c, k_cos.c, e_rem_pio2.c (Sun Microsystems, 1993). x = n pi/2 + y with pi/2
 * in three 33-bit parts (each n * part is exact), then the kernel polynomials on |y| <= pi/4; error
 * below 1 ulp.
 */
import { invariant } from '../invariant.ts';

const INV_PIO2 = 0.6366197723675814;
const PIO2_1 = 1.5707963267341256;
const PIO2_2 = 6.077100506303966e-11;
const PIO2_3 = 2.0222662487111665e-21;
const PIO2_3T = 8.4784276603689e-32;
const S1 = -0.16666666666666632;
const S2 = 0.00833333333332249;
const S3 = -0.0001984126982985795;
const S4 = 0.0000027557313707070068;
const S5 = -2.5050760253406863e-8;
const S6 = 1.58969099521155e-10;
const C1 = 0.0416666666666666;
const C2 = -0.001388888888887411;
const C3 = 0.00002480158728947673;
const C4 = -2.7557314351390663e-7;
const C5 = 2.087572321298175e-9;
const C6 = -1.1359647557788195e-11;
const DOMAIN = 1048576;

/** sin x, x in radians, |x| <= 2^20. */
export function sin(x: number): number {
  return quadrant(x, 0);
}

/** cos x, x in radians, |x| <= 2^20. */
export function cos(x: number): number {
  return quadrant(x, 1);
}

/** sin(x + turn * pi/2). */
function quadrant(x: number, turn: number): number {
  invariant(x >= -DOMAIN && x <= DOMAIN, 'angle outside +-2^20');
  const n = Math.floor(x * INV_PIO2 + 0.5);
  const first = x - n * PIO2_1;
  const w2 = n * PIO2_2;
  const second = first - w2;
  const lost2 = first - second - w2;
  const w3 = n * PIO2_3;
  const third = second - w3;
  const tail = n * PIO2_3T - (second - third - w3) - lost2;
  const y0 = third - tail;
  const y1 = third - y0 - tail;
  switch ((n + turn) & 3) {
    case 0:
      return kernelSin(y0, y1);
    case 1:
      return kernelCos(y0, y1);
    case 2:
      return -kernelSin(y0, y1);
    default:
      return -kernelCos(y0, y1);
  }
}

function kernelSin(x: number, y: number): number {
  const z = x * x;
  const v = z * x;
  const r = S2 + z * (S3 + z * (S4 + z * (S5 + z * S6)));
  return x - (z * (0.5 * y - v * r) - y - v * S1);
}

function kernelCos(x: number, y: number): number {
  const z = x * x;
  const r = z * (C1 + z * (C2 + z * (C3 + z * (C4 + z * (C5 + z * C6)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - x * y));
}
