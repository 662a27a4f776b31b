/** Products of codes with those of the query, in the two ways in which they lie (../../planes.ts). */

/**
 * Of the four rows of a group, the products of their halves, that of row r times 16^r; those of the first
 * three are of halves that are larger by 8.
 *
 * @param masks address of those for the first three. Read in each turn, which costs nothing; as constants they would be
 *   made anew in each.
 */
export function groupSums(group: usize, query: usize, dimension: usize, masks: usize): v128 {
  let a = i32x4.splat(0);
  let b = i32x4.splat(0);
  let c = i32x4.splat(0);
  let all = i32x4.splat(0);
  for (const end = query + 2 * dimension; query < end; query += 32) {
    const first = v128.load(masks);
    const second = v128.load(masks, 16);
    const third = v128.load(masks, 32);
    let four = v128.load(group);
    let codes = v128.load(query);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(four, first), codes));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(four, second), codes));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(four, third), codes));
    all = i32x4.add(all, i32x4.dot_i16x8_s(four, codes));
    four = v128.load(group, 16);
    codes = v128.load(query, 16);
    a = i32x4.add(a, i32x4.dot_i16x8_s(v128.and(four, first), codes));
    b = i32x4.add(b, i32x4.dot_i16x8_s(v128.and(four, second), codes));
    c = i32x4.add(c, i32x4.dot_i16x8_s(v128.and(four, third), codes));
    all = i32x4.add(all, i32x4.dot_i16x8_s(four, codes));
    group += 32;
  }
  const d = i32x4.sub(all, i32x4.add(i32x4.add(a, b), c));
  return sums(a, b, c, d);
}

/** The product of the values of a packed row, from 0 to 15. */
export function packedDot(row: usize, query: usize, dimension: usize): i32 {
  const low = i16x8.splat(15);
  let even = i32x4.splat(0);
  let odd = i32x4.splat(0);
  for (const end = query + 2 * dimension; query < end; query += 64) {
    const four = v128.load(row);
    even = i32x4.add(even, i32x4.dot_i16x8_s(v128.and(four, low), v128.load(query)));
    odd = i32x4.add(
      odd,
      i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(four, 4), low), v128.load(query, 16)),
    );
    even = i32x4.add(
      even,
      i32x4.dot_i16x8_s(v128.and(i16x8.shr_u(four, 8), low), v128.load(query, 32)),
    );
    odd = i32x4.add(odd, i32x4.dot_i16x8_s(i16x8.shr_u(four, 12), v128.load(query, 48)));
    row += 16;
  }
  const sum = i32x4.add(even, odd);
  return i32x4.extract_lane(sums(sum, sum, sum, sum), 0);
}

/** The sum of the lanes of each. */
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
  const cd = i32x4.add(i32x4.shuffle(c, d, 0, 1, 4, 5), i32x4.shuffle(c, d, 2, 3, 6, 7));
  return i32x4.add(i32x4.shuffle(ab, cd, 0, 2, 4, 6), i32x4.shuffle(ab, cd, 1, 3, 5, 7));
}
