import { area, entry } from './area.js'

export const accessErrors = area('Access and tokens', {
  TCN_ACCESS_DENIED: entry(
    403,
    'the principal does not have the right to do this',
    'Ask an administrator for the right that the message names.',
  ),
  TCN_ACCESS_UNKNOWN: entry(
    403,
    'the hub has no such principal',
    'Add the principal to `principals` in the configuration, or use one that exists.',
  ),
  TCN_ACCESS_LOCAL: entry(
    403,
    'this is only possible over a unix socket',
    'Run the command on the machine of the hub, through its unix socket (--socket).',
  ),
  TCN_ACCESS_NO_TOKEN: entry(
    401,
    'a token is required, and none was given',
    "Make one on the hub's host with `tocsin token add NAME --see '*'`, and send it: in TOCSIN_TOKEN, or as `Authorization: Bearer TOKEN`.",
  ),
  TCN_ACCESS_TOKEN: entry(
    401,
    'the token or login is unknown or expired',
    "Check that it belongs to this hub and is complete. On the hub's host, `tocsin token list` prints the tokens that are valid, and `tocsin token rotate NAME` replaces one.",
  ),
  TCN_ACCESS_TRIES: entry(
    429,
    'too many failed attempts came from this address',
    'Wait for the time that the message gives, then try again with a valid token or password.',
  ),
  TCN_ACCESS_BUSY: entry(429, 'too many logins at once', 'Try again in a minute.'),
  TCN_ACCESS_ISSUER: entry(
    503,
    'the issuer of the token did not answer correctly',
    'Try again later. On the hub, check that the issuer under `oidc` is reachable.',
  ),
  TCN_LOGIN_ISSUER: entry(
    404,
    'people cannot log in to the console at this issuer',
    'Load the page again: it shows the issuers that have `console` in the configuration.',
  ),
  TCN_LOGIN_STATE: entry(
    401,
    'the login was not begun in this browser, has been finished already, or took too long',
    'Log in again, in one window of the browser.',
  ),
  TCN_LOGIN_REFUSED: entry(
    403,
    'the issuer did not log you in',
    'Log in again. If it does not help, an administrator of the issuer finds the reason in its log.',
  ),
  TCN_TOKEN_UNKNOWN: entry(
    404,
    'no token has this name',
    'Choose one of the names that `tocsin token list` prints.',
  ),
  TCN_TOKEN_CONFLICT: entry(
    409,
    'a token of this name already exists',
    'Choose another name, or rotate or revoke the existing token.',
  ),
  TCN_TOKEN_RIGHTS: entry(
    409,
    'the token cannot bring rights for a principal that has its own',
    'Leave out the rights, or give the token the name of a new principal.',
  ),
  TCN_TOKEN_ROTATING: entry(
    409,
    'another request is rotating the token',
    'Wait for the other rotation, which returns the new token.',
  ),
  TCN_TOKEN_TOO_MANY: entry(
    409,
    'the hub has the maximum number of tokens',
    'Revoke the tokens that are no longer used.',
  ),
  TCN_PASSWORD_UNKNOWN: entry(
    404,
    'the principal has no password',
    'Check the name. `tocsin token password` sets a password.',
  ),
  TCN_VIEW_UNKNOWN: entry(
    404,
    'you have no view with this name',
    'Choose one of the names that `views.list` returns.',
  ),
  TCN_VIEW_CONFLICT: entry(
    409,
    'you have a view of this name already',
    'Choose another name, or save with `replace`.',
  ),
  TCN_VIEW_TOO_MANY: entry(
    409,
    'the maximum number of named views is reached',
    'Delete views that are no longer used.',
  ),
  TCN_TICKET_INVALID: entry(
    401,
    'the ticket is unknown, used or expired',
    'Request a new ticket with POST /v1/ticket.',
  ),
})
