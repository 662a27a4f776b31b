/** What was rejected, as CSV (RFC 4180). */
import { shown } from './file-name.ts';
import type { JournalEntry } from './journal.ts';

export function rejectedCsv(entries: readonly Pick<JournalEntry, 'name' | 'rejected'>[]): string {
  const rows = entries.map(({ name, rejected }) => [
    shown(name),
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
