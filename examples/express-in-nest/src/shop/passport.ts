import passport from 'passport';
import { Strategy } from 'passport-local';
import type { User } from './user.js';

const ada: User = { id: '42', name: 'Ada' };

/** Compare with the hash of a password here. */
passport.use(
  new Strategy((username, password, done) => {
    if (username === 'ada' && password === 'correct horse battery') done(null, ada);
    else done(null, false, { message: 'The name or the password is wrong.' });
  }),
);

passport.serializeUser((user, done) => {
  done(null, (user as User).id);
});

passport.deserializeUser((id: string, done) => {
  done(null, id === ada.id ? ada : false);
});

export default passport;
