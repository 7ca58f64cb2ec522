/** Raised when a session is saved whose user cannot be told apart from others. Nothing is written then. */
export class InvalidUserError extends Error {
  override readonly name = 'InvalidUserError';

  constructor() {
    super(
      [
        'The user in the session has no `id` that is a non-empty string or a finite number.',
        'You may either:',
        '  1. Give it one, such as `session.user = { id: String(user._id), … }`.',
        '  2. Set the option `user` of SharedSessionModule to a function that finds it.',
      ].join('\n'),
    );
  }
}
