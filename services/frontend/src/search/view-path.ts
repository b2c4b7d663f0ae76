import type { SavedFilter } from '@taskflow/contracts/search';

export const viewPath = ({ id, query }: SavedFilter): string => `/search?${new URLSearchParams({ q: query, view: id })}`;
