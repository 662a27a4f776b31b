/** Tables and figures as they stand in the docs. Pure. */
import type { Count } from './rates.ts';

export type Row = readonly (string | number)[];

export function table(header: Row, rows: readonly Row[]): string {
  const line = (cells: Row) => `| ${cells.join(' | ')} |`;
  return [line(header), `|${header.map(() => '---|').join('')}`, ...rows.map(line)].join('\n');
}

/** A share in percent; `-` of nothing. */
export function percent({ part, whole }: Count): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)} %`;
}

/** Fewer say little about the rate, so they are said themselves. */
const FEW = 10;

/** A share in percent that should be nothing, and in brackets how few it was, where it was few. */
export function percentOfFew(share: Count): string {
  const few = share.part > 0 && share.part < FEW;
  return few ? `${percent(share)} (${share.part})` : percent(share);
}

/** A small rate, and in brackets how few it was, where it was few. */
export function rate({ part, whole }: Count): string {
  if (whole === 0) return '-';
  if (part === 0) return '0';
  const value = (part / whole).toExponential(1);
  return part < FEW ? `${value} (${part})` : value;
}

/** A share of few, as a count. */
export function count({ part, whole }: Count): string {
  return `${part} of ${whole}`;
}

/** A cosine, without the zero before the point. */
export function cosineText(cosine: number): string {
  return cosine.toFixed(3).replace(/^(-?)0/, '$1');
}

/** A scale as people say it: 1/4, 2. */
export function fractionText(scale: number): string {
  return scale < 1 ? `1/${1 / scale}` : `${scale}`;
}

/** More names than this make no table. */
const MAX_NAMES = 8;

/** The names in a cell, and how many are left out. */
export function namesOf(names: readonly string[]): string {
  const more = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(', ');
}
