/** What was rejected, as CSV (RFC 4180). */
import type { JournalEntry } from './journal.ts';

export function rejectedCsv(entries: readonly JournalEntry[]): string {
  const rows = entries.map(({ name, rejected }) => [
    name,
    rejected?.code ?? '',
    rejected?.message ?? '',
  ]);
  return [['photograph', 'code', 'reason'], ...rows]
    .map((row) => `${row.map(cell).join(',')}\r\n`)
    .join('');
}

function cell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
