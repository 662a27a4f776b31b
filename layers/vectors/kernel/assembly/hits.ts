/** What is written out of rows, as pairs of int32: a row and a product. */

/** The upper bound of a row's product with the query. */
export function highOf(product: i32, row: u32, scales: usize, errors: usize, bound: usize): f32 {
  const scale = load<f32>(scales + ((<usize>row) << 2));
  const error = load<f32>(errors + ((<usize>row) << 2));
  const estimate: f32 = (<f32>product * load<f32>(bound) + load<f32>(bound, 4)) * scale;
  return estimate + error * load<f32>(bound, 8) + load<f32>(bound, 12);
}

export const HIT_BYTES: usize = 8;

export function write(hit: usize, row: u32, product: i32): void {
  store<u32>(hit, row);
  store<i32>(hit, product, 4);
}
