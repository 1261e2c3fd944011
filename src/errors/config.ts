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
