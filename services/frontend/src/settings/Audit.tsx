import { AuditLog } from '../audit/AuditLog.tsx';
import { t } from '../i18n/translate.ts';

export default function Audit() {
  return (
    <>
      <h2>{t('audit.title')}</h2>
      <AuditLog />
    </>
  );
}
