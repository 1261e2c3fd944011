import { area, entry } from './area.js'

export const configErrors = area('Configuration, certificates and contexts', {
  TCN_CONFIG_UNREADABLE: entry(
    400,
    'the configuration file cannot be read',
    'Check the path and the permissions of the file, and that it is UTF-8 text.',
  ),
  TCN_CONFIG_ABSENT: entry(
    400,
    'the hub has no configuration to read again',
    'Start the hub with `tocsin serve` to be able to reload its configuration.',
  ),
  TCN_CONFIG_SYNTAX: entry(
    400,
    'the configuration file is not valid YAML',
    'Fix the line whose number the message gives.',
  ),
  TCN_CONFIG_INVALID: entry(
    400,
    'the configuration has an unknown key or an invalid value',
    'Fix the key that the message names, at the line that it gives.',
  ),
  TCN_CONFIG_EDIT: entry(
    400,
    'the edit does not fit the configuration',
    'Correct the key that the message names; `tocsin config show` prints the keys in use.',
  ),
  TCN_CONFIG_LOCAL: entry(
    403,
    'the key can be changed only on the machine of the hub',
    'Change it over a unix socket of the hub, or in the file: it may let the hub run programs, read files, listen or trust somebody.',
  ),
  TCN_CONFIG_OWNER: entry(
    403,
    'the key can be changed only by the owner of the hub',
    'Ask the owner, or change it over a socket of the principal `admin` or in the file: it may let the hub run programs, read files, listen or trust somebody.',
  ),
  TCN_CONFIG_SECRET: entry(
    400,
    'a secret must be given again',
    'Give the secret in the same edit, with `file:` or `credential:` only on the machine of the hub. A secret that is kept is not sent to another server.',
  ),
  TCN_CONFIG_LOCKED: entry(
    409,
    'another session is editing the configuration',
    'Wait until it commits or discards its candidate, or take the lock with --force, which drops that candidate.',
  ),
  TCN_CONFIG_UNCHANGED: entry(
    409,
    'there is nothing to commit',
    'Edit the configuration first, for example with `tocsin config set`.',
  ),
  TCN_CONFIG_CHANGED: entry(
    409,
    'the configuration was changed by others since the candidate was made',
    'Load an edited file with `tocsin config reload`, then discard the candidate and make the edits again.',
  ),
  TCN_CONFIG_REVISION: entry(
    409,
    'the configuration is not the one that was read',
    'Read it again, and make the edit again if it is still right. `config.get`, `config.describe` and `config.diff` return the revision for `ifRevision`.',
  ),
  TCN_CONFIG_UNCONFIRMED: entry(
    409,
    'a commit still waits for its confirmation',
    'Keep it with `tocsin config confirm`, revert it with `tocsin config abort`, or add to it with `tocsin config commit --confirmed 600`.',
  ),
  TCN_CONFIG_CONFIRMED: entry(
    409,
    'no commit waits for a confirmation',
    'Look at `tocsin config history`; `tocsin config rollback` undoes a commit that is final.',
  ),
  TCN_CONFIG_NO_COMMIT: entry(
    404,
    'no commit of this number is kept',
    'Choose a number that `tocsin config history` prints.',
  ),
  TCN_CONFIG_APPLY: entry(
    500,
    'a part of the hub could not take the new configuration',
    'Nothing has changed: what other parts had taken was undone. Correct what the message names and commit again.',
  ),
  TCN_TLS_FILES: entry(
    400,
    "the hub's certificate or its key cannot be used",
    'Create both with `tocsin tls init`, or name PEM files that belong together in `listen.tls`.',
  ),
  TCN_CONTEXT_UNKNOWN: entry(
    404,
    'no context has this name',
    'Choose one of the names that `tocsin context list` prints, or add it with `tocsin context add`.',
  ),
  TCN_CONTEXT_FILE: entry(
    400,
    'the file of contexts cannot be used',
    'Repair the file that the message names, or remove it and add the contexts again.',
  ),
  TCN_CONTEXT_READ_ONLY: entry(
    403,
    'the context is read-only',
    'Choose another context with --context, or add this one again without --readonly.',
  ),
})
