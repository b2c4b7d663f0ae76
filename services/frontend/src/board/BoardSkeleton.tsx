import { t } from '../i18n/translate.ts';
import './board.css';

export function BoardSkeleton() {
  return (
    <div className="board" aria-busy="true">
      <span className="unseen" role="status">
        {t('app.loading')}
      </span>
      {[5, 3, 4].map((cards) => (
        <div key={cards} className="column">
          <div className="column-head">
            <div className="skeleton skeleton-name" />
          </div>
          <div className="column-skeleton">
            {Array.from({ length: cards }, (_, index) => `card ${index}`).map((card) => (
              <div key={card} className="skeleton skeleton-card" />
            ))}
          </div>
        </div>
      ))}
    </div>
  );
}
