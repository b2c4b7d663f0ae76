import { Dialog } from '../design/Dialog.tsx';
import { t } from '../i18n/translate.ts';
import { useAllCommands } from './commands.ts';
import { Keys } from './Keys.tsx';
import './shortcuts.css';

/** Every key that does something where one is. */
export default function Shortcuts({ onClose }: { onClose: () => void }) {
  const commands = useAllCommands().filter(({ keys }) => keys !== undefined);
  const sections = Map.groupBy(commands, ({ section }) => section);
  return (
    <Dialog title={t('keys.title')} onClose={onClose} wide>
      <div className="shortcuts">
        {[...sections].map(([name, own]) => (
          <section key={name}>
            <h3>{name}</h3>
            <dl>
              {own.map(({ id, name, keys }) => (
                <div key={id} className="shortcut">
                  <dt>{name}</dt>
                  <dd>
                    <Keys keys={keys!} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  );
}
