import { createContext, type ReactElement, type Ref, type RefObject, useContext, useMemo } from 'react';
import { type CustomContainerComponentProps, type CustomItemComponentProps, Virtualizer, type VirtualizerHandle } from 'virtua';
import { usePrinting } from './use-printing.ts';

interface VirtualListProps<T> {
  ref?: Ref<VirtualizerHandle>;
  items: T[];
  children: (item: T, index: number) => ReactElement;
  className: string;
  label?: string;
  /** what scrolls, when that is not the parent */
  scrollRef?: RefObject<HTMLElement | null>;
  /** indexes that are drawn wherever one has scrolled, such as of what has the focus */
  keep?: readonly number[];
}

const ListContext = createContext<{ className: string; label: string | undefined; size: number }>({
  className: '',
  label: undefined,
  size: 0,
});

/** A list of which only what can be seen is drawn, and some beyond; on paper all of it. */
export function VirtualList<T>({ ref, items, children, className, label, scrollRef, keep }: VirtualListProps<T>) {
  const isPrinting = usePrinting();
  const context = useMemo(() => ({ className, label, size: items.length }), [className, label, items.length]);
  if (isPrinting) {
    return (
      <ul className={className} aria-label={label}>
        {items.map((item, index) => {
          const element = children(item, index);
          return <li key={element.key}>{element}</li>;
        })}
      </ul>
    );
  }
  return (
    <ListContext value={context}>
      <Virtualizer
        {...(ref ? { ref } : {})}
        {...(scrollRef ? { scrollRef } : {})}
        {...(keep ? { keepMounted: keep } : {})}
        as={List}
        item={Item}
        data={items}
        bufferSize={400}
      >
        {children}
      </Virtualizer>
    </ListContext>
  );
}

function List({ ref, ...rest }: CustomContainerComponentProps) {
  const { className, label } = useContext(ListContext);
  return <ul ref={ref as Ref<HTMLUListElement>} className={className} aria-label={label} {...rest} />;
}

function Item({ ref, index, style, children }: CustomItemComponentProps) {
  const { size } = useContext(ListContext);
  // Until it has measured an item virtua hides it, and what is hidden cannot take the focus.
  const { visibility: _, ...shown } = style;
  return (
    <li ref={ref as Ref<HTMLLIElement>} aria-setsize={size} aria-posinset={index + 1} style={shown}>
      {children}
    </li>
  );
}
