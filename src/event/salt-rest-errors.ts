import { entry } from './error-entry.js'

/** Errors of the REST interface of a Salt bus. */
export const saltRestErrors = {
  TCN_SALT_MASTER: entry(
    501,
    'this needs a Salt master, and Tocsin is only its event bus',
    'Set rest.upstream to the address of a genuine salt-api: such requests are passed on to it.',
  ),
  TCN_SALT_EAUTH_FILE: entry(
    500,
    'the file of an eauth backend cannot be read',
    'See that the file of rest.eauth is there, and that the user of the hub may read it.',
  ),
  TCN_SALT_UPSTREAM: entry(
    502,
    'the salt-api behind this one does not answer',
    'See whether it runs, and whether rest.upstream is its address.',
  ),
  TCN_SALT_UPSTREAM_TIMEOUT: entry(
    504,
    'the salt-api behind this one took too long',
    'Ask for the job with an asynchronous client, or raise rest.upstream.timeout.',
  ),
}
