/** The ConsumedCapacity member of responses about several items. */

export interface ConsumedCapacity {
  CapacityUnits: number;
  TableName: string;
}

/** One entry for each table, in the order of first mention. */
export function totalPerTable(consumed: readonly ConsumedCapacity[]): ConsumedCapacity[] {
  const totals = new Map<string, number>();
  for (const { TableName, CapacityUnits } of consumed) {
    totals.set(TableName, (totals.get(TableName) ?? 0) + CapacityUnits);
  }
  return [...totals].map(([TableName, CapacityUnits]) => ({ TableName, CapacityUnits }));
}
