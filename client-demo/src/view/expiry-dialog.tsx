import { useEffect, useRef, useState } from 'react';
import { useConnection, useExpiry } from 'nestjs-shared-session-client/react';
import { formatSpan } from '../format.js';
import { TEXT } from '../text.js';
import { useNow } from '../use-now.js';

/** Says that the session is about to end, and offers a choice if there is one. */
export function ExpiryDialog() {
  const { status } = useConnection();
  const { expiring, extend } = useExpiry();
  const now = useNow();
  const dialog = useRef<HTMLDialogElement>(null);
  const [dismissed, setDismissed] = useState<number | null>(null);
  const isOpen = status === 'live' && expiring !== null && expiring.at !== dismissed;
  useEffect(() => {
    if (isOpen) dialog.current?.showModal();
    else dialog.current?.close();
  }, [isOpen]);

  const dismiss = () => setDismissed(expiring?.at ?? null);
  return (
    <dialog ref={dialog} aria-labelledby="expiry-title" onClose={dismiss}>
      <h2 id="expiry-title">{TEXT.expiringTitle}</h2>
      {expiring && <p>{TEXT.expiring[expiring.reason](formatSpan(expiring.at - now))}</p>}
      <div className="row">
        {expiring?.reason === 'idle' ? (
          <>
            <button className="primary" onClick={() => void extend()}>
              {TEXT.stay}
            </button>
            <button onClick={dismiss}>{TEXT.leave}</button>
          </>
        ) : (
          <button className="primary" onClick={dismiss}>
            {TEXT.understood}
          </button>
        )}
      </div>
    </dialog>
  );
}
