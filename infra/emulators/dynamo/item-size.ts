/**
 * The size of an item by DynamoDB's rules, in bytes: names and strings count as UTF-8.
 * Rules: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import type { AttributeValue, Item } from './wire.ts';

/** 400 KB, names included; the largest item DynamoDB stores. */
export const MAX_ITEM_BYTES = 400 * 1024;

const DOCUMENT_OVERHEAD = 3;
const ELEMENT_OVERHEAD = 1;

/** Bytes of all names and values of `item`. */
export function itemSize(item: Item): number {
  let size = 0;
  for (const [name, value] of Object.entries(item)) size += utf8Size(name) + valueSize(value);
  return size;
}

function valueSize(value: AttributeValue): number {
  if ('S' in value) return utf8Size(value.S);
  if ('N' in value) return numberSize(value.N);
  if ('B' in value) return binarySize(value.B);
  if ('BOOL' in value || 'NULL' in value) return 1;
  if ('SS' in value) return sum(value.SS, utf8Size);
  if ('NS' in value) return sum(value.NS, numberSize);
  if ('BS' in value) return sum(value.BS, binarySize);
  if ('L' in value) {
    return DOCUMENT_OVERHEAD + sum(value.L, (element) => ELEMENT_OVERHEAD + valueSize(element));
  }
  return DOCUMENT_OVERHEAD + ELEMENT_OVERHEAD * Object.keys(value.M).length + itemSize(value.M);
}

/**
 * One byte, one per two significant digits on each side of the decimal point, and one for a minus
 * sign. The guide says "approximately"; counting the two sides apart is what the service does.
 */
function numberSize(decimal: string): number {
  const negative = decimal.startsWith('-') ? 1 : 0;
  const [whole = '', fraction = ''] = decimal.slice(negative).split('.');
  const wholeDigits = whole.replace(/^0+/, '');
  const fractionDigits = fraction.replace(/0+$/, '');
  const significantWhole = fractionDigits === '' ? wholeDigits.replace(/0+$/, '') : wholeDigits;
  const significantFraction =
    wholeDigits === '' ? fractionDigits.replace(/^0+/, '') : fractionDigits;
  return (
    1 +
    Math.ceil(significantWhole.length / 2) +
    Math.ceil(significantFraction.length / 2) +
    negative
  );
}

function utf8Size(text: string): number {
  return Buffer.byteLength(text, 'utf8');
}

function binarySize(base64: string): number {
  return Buffer.byteLength(base64, 'base64');
}

function sum<T>(values: readonly T[], size: (value: T) => number): number {
  return values.reduce((total, value) => total + size(value), 0);
}
