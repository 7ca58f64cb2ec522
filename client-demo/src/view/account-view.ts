import type { SessionDescription } from '../contract.js';
import { END_REASONS, TEXT } from '../text.js';
import { find } from './dom.js';

const DEMO_ACCOUNT = { email: 'ada@example.com', password: 'correct horse battery' };

export interface AccountActions {
  sign(act: 'login' | 'register' | 'logout', form?: object): Promise<void>;
  enterAsGuest(): void;
}

/** Who the visitor is, and how to become somebody else. */
export class AccountView {
  readonly #section = find('account', HTMLElement);
  readonly #identity = find('identity', HTMLParagraphElement);
  readonly #form = find('sign-in', HTMLFormElement);
  readonly #name = find('name', HTMLInputElement);
  readonly #password = find('password', HTMLInputElement);
  readonly #submit = find('submit', HTMLButtonElement);
  readonly #switch = find('switch-mode', HTMLButtonElement);
  #isRegistering = false;

  constructor(private readonly actions: AccountActions) {
    this.#form.onsubmit = (event) => {
      event.preventDefault();
      void this.#send();
    };
    this.#switch.onclick = () => this.#setMode(!this.#isRegistering);
    find('sign-out', HTMLButtonElement).onclick = () => void actions.sign('logout');
    find('continue-as-guest', HTMLButtonElement).onclick = () => actions.enterAsGuest();
    this.#setMode(false);
  }

  showSession({ user }: SessionDescription): void {
    if (user) {
      this.#setMode(false);
      this.#show('user', TEXT.user(user.name, user.email));
    } else {
      this.#show('guest', TEXT.guest);
    }
  }

  showEnded(reason: string): void {
    this.#show('ended', END_REASONS[reason] ?? TEXT.ended);
  }

  /** The style sheet shows the controls that each state has. */
  #show(state: 'guest' | 'user' | 'ended', words: string): void {
    const { activeElement } = document;
    const hadFocus = this.#section.contains(activeElement);
    this.#section.dataset['state'] = state;
    this.#identity.textContent = words;
    // The control that led here may be gone; keyboard users would be sent to the top of the page.
    if (hadFocus && !activeElement?.checkVisibility()) this.#identity.focus();
  }

  async #send(): Promise<void> {
    // Disabling the button would take the focus away.
    if (this.#form.ariaBusy === 'true') return;
    this.#form.ariaBusy = 'true';
    const form = Object.fromEntries(new FormData(this.#form));
    await this.actions.sign(this.#isRegistering ? 'register' : 'login', form);
    this.#form.ariaBusy = 'false';
  }

  #setMode(isRegistering: boolean): void {
    this.#isRegistering = isRegistering;
    // Disabled, it is neither shown nor asked for nor sent.
    this.#name.disabled = !isRegistering;
    find('email', HTMLInputElement).value = isRegistering ? '' : DEMO_ACCOUNT.email;
    this.#password.value = isRegistering ? '' : DEMO_ACCOUNT.password;
    this.#password.minLength = isRegistering ? 12 : 0;
    this.#password.autocomplete = isRegistering ? 'new-password' : 'current-password';
    this.#submit.textContent = isRegistering ? TEXT.register : TEXT.signIn;
    this.#switch.textContent = isRegistering ? TEXT.toSignIn : TEXT.toRegister;
  }
}
