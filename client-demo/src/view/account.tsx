import { type SubmitEvent, useState } from 'react';
import { useConnection, useSession } from 'nestjs-shared-session-client/react';
import { api } from '../api.js';
import { attempt } from '../live.js';
import type { ShopUser } from '../shop.js';
import { TEXT } from '../text.js';

const DEMO = { email: 'ada@example.com', password: 'correct horse battery' };

/** Who the visitor is, and how to become somebody else. */
export function Account() {
  const { status } = useConnection();
  const { user, ended, refresh } = useSession<ShopUser>();
  if (status === 'ended') {
    return (
      <Card>
        <p>{TEXT.ended[ended ?? 'expired']}</p>
        <button onClick={() => void refresh()}>{TEXT.continueAsGuest}</button>
        <SignInForm />
      </Card>
    );
  }
  if (user) {
    return (
      <Card>
        <p className="identity">
          <strong>{user.name}</strong> <span className="hint">{user.email}</span>
        </p>
        <button onClick={() => void attempt(() => leave(refresh))}>{TEXT.signOut}</button>
      </Card>
    );
  }
  return (
    <Card>
      <p>{TEXT.guest}</p>
      <SignInForm />
    </Card>
  );
}

async function leave(refresh: () => Promise<void>): Promise<void> {
  await api.logout();
  await refresh();
}

function Card({ children }: { children: React.ReactNode }) {
  return (
    <section className="card account" aria-labelledby="account-title">
      <h2 id="account-title">{TEXT.you}</h2>
      {children}
    </section>
  );
}

function SignInForm() {
  const { refresh } = useSession();
  const [isNew, setIsNew] = useState(false);
  const [isBusy, setIsBusy] = useState(false);

  async function send(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    if (isBusy) return;
    const form = Object.fromEntries(new FormData(event.currentTarget));
    setIsBusy(true);
    await attempt(async () => {
      await (isNew ? api.register(form) : api.login(form));
      await refresh();
    });
    setIsBusy(false);
  }

  return (
    // Anew for each mode, so that the demo account does not stay in the fields.
    <form key={String(isNew)} onSubmit={(event) => void send(event)} aria-busy={isBusy}>
      {isNew ? <NewAccountFields /> : <AccountFields />}
      <div className="row">
        <button className="primary">{isNew ? TEXT.register : TEXT.signIn}</button>
        <button type="button" className="quiet" onClick={() => setIsNew(!isNew)}>
          {isNew ? TEXT.toSignIn : TEXT.toRegister}
        </button>
      </div>
      {!isNew && <p className="hint">{TEXT.demoHint}</p>}
    </form>
  );
}

const EMAIL = { name: 'email', label: TEXT.email, type: 'email', autoComplete: 'username' };
const PASSWORD = { name: 'password', label: TEXT.password, type: 'password', maxLength: 128 };

function AccountFields() {
  return (
    <>
      <Field {...EMAIL} defaultValue={DEMO.email} />
      <Field {...PASSWORD} autoComplete="current-password" defaultValue={DEMO.password} />
    </>
  );
}

function NewAccountFields() {
  return (
    <>
      <Field name="name" label={TEXT.name} autoComplete="name" maxLength={80} />
      <Field {...EMAIL} />
      <Field {...PASSWORD} autoComplete="new-password" minLength={12} />
    </>
  );
}

function Field({ label, ...input }: { label: string } & React.ComponentProps<'input'>) {
  return (
    <label>
      <span>{label}</span>
      <input {...input} required />
    </label>
  );
}
