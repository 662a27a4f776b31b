import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

interface VirtualListProps<Item> {
  readonly label: string;
  readonly items: readonly Item[];
  readonly keyOf: (item: Item) => string;
  readonly row: (item: Item) => ComponentChildren;
  /** Pixels; every row has the same. */
  readonly rowHeight: number;
  /** There are more than these: called when the end is near. */
  readonly onEnd?: (() => void) | undefined;
}

const VISIBLE_HEIGHT = 560;
const SPARE_ROWS = 6;

/** A list of which only the rows in view exist, however long it is. */
export function VirtualList<Item>(props: VirtualListProps<Item>) {
  const { label, items, keyOf, row, rowHeight, onEnd } = props;
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  const first = Math.max(0, Math.floor(top / rowHeight) - SPARE_ROWS);
  const last = Math.min(items.length, Math.ceil((top + VISIBLE_HEIGHT) / rowHeight) + SPARE_ROWS);
  const isNearEnd = last >= items.length - 2 * SPARE_ROWS;
  useEffect(() => {
    if (isNearEnd) onEnd?.();
  }, [isNearEnd, items.length, onEnd]);
  return (
    <section
      class="scroller"
      ref={scroller}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keyboard
      tabIndex={0}
      aria-label={label}
      style={{ height: `${Math.min(VISIBLE_HEIGHT, Math.max(1, items.length) * rowHeight + 2)}px` }}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
    >
      {/* biome-ignore lint/a11y/noRedundantRoles: without bullets WebKit takes it for no list */}
      <ul role="list" style={{ height: `${items.length * rowHeight}px` }}>
        {items.slice(first, last).map((item, i) => (
          <li
            key={keyOf(item)}
            aria-setsize={onEnd ? -1 : items.length}
            aria-posinset={first + i + 1}
            style={{ top: `${(first + i) * rowHeight}px`, height: `${rowHeight}px` }}
          >
            {row(item)}
          </li>
        ))}
      </ul>
    </section>
  );
}
