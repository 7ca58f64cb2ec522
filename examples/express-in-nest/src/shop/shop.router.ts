import { Router } from 'express';
import passport from './passport.js';

/** The pages that were there before Nest. */
export const shop = Router();

shop.get('/', ({ session, user }, response) => {
  session.visits = (session.visits ?? 0) + 1;
  response.json({ visits: session.visits, user: user ?? null });
});

shop.get('/login', (request, response) => {
  response.send(
    `<p>${request.flash('error').join()}</p>
<form method="post">
  <input type="hidden" name="token" value="${request.csrfToken?.() ?? ''}">
  <input name="username"><input name="password" type="password"><button>Sign in</button>
</form>`,
  );
});

shop.post(
  '/login',
  passport.authenticate('local', {
    successRedirect: '/',
    failureRedirect: '/login',
    failureFlash: true,
  }),
);

shop.post('/logout', (request, response, next) => {
  request.logout((error: unknown) => {
    if (error) next(error);
    else response.redirect('/login');
  });
});
