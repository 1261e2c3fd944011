/** Texts of the login page. */
export const loginStrings = {
  title: 'Log in to this hub',
  byToken: 'Token',
  byPassword: 'Name and password',
  token: 'Token',
  name: 'Name',
  password: 'Password',
  submit: 'Log in',
  busy: 'Logging in …',
  ended: 'The login has ended. Log in, and the page goes on where it was.',
  howToToken: "On the hub’s host, `tocsin token add NAME --see '*'` makes a token.",
  howToPassword: 'On the hub’s host, `tocsin token password NAME` sets a password.',
}

/** Texts of a login at an issuer, which most hubs do not have. */
export const issuerStrings = {
  logInWith: (name: string) => `Log in with ${name}`,
  leaving: (name: string) => `On the way to ${name} …`,
  or: 'or',
  /** By the code of the error. */
  refusals: {
    TCN_LOGIN_STATE:
      'The login took too long, is finished already, or was begun in another window. Log in again.',
    TCN_LOGIN_REFUSED: 'You were not logged in there, or you have cancelled it. Log in again.',
    TCN_LOGIN_ISSUER: 'Nobody can log in there any more: the configuration of the hub has changed.',
    TCN_ACCESS_UNKNOWN:
      'You have logged in, but your account has no rights on this hub. An administrator can give it some.',
    TCN_ACCESS_TOKEN:
      'The hub does not accept what came back from the login. Log in again; if that does not help, ask an administrator.',
    TCN_ACCESS_ISSUER:
      'The place where you log in does not answer as it should. Try again later; an administrator finds the reason in the audit log of the hub.',
    TCN_ACCESS_TRIES: 'Too many attempts have failed. Wait a minute, then log in again.',
    TCN_ACCESS_BUSY: 'Too many people are logging in. Try again in a minute.',
  } as Readonly<Record<string, string>>,
  refused: 'The login did not work. Log in again.',
}
