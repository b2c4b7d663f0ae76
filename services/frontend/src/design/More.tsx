import type { UseInfiniteQueryResult } from '@tanstack/react-query';
import { t } from '../i18n/translate.ts';

/** Asks for the next page of a list, where there is one. */
export function More({ query }: { query: UseInfiniteQueryResult }) {
  if (!query.hasNextPage) return null;
  return (
    <button type="button" className="button" aria-disabled={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
      {t('search.more')}
    </button>
  );
}
