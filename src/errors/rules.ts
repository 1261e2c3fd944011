import { area, entry } from './area.js'

export const ruleErrors = area('Rules', {
  TCN_RULE_TEMPLATE: entry(
    400,
    'a template of a rule or a webhook cannot be used',
    'The message names the text. Fields are written as in filters, in braces after a dollar sign; beside them there are `time` and `cursor`, for rules `rule` and `count`, and for webhooks `summary`, `level` and `event`.',
  ),
  TCN_RULE_WAITS: entry(
    503,
    'the rules wait until the hub accepts events',
    'They continue by themselves. `tocsin status` says why the hub accepts none.',
  ),
  TCN_ALERT_UNKNOWN: entry(
    404,
    'there is no such alert or silence',
    'List them with `tocsin alerts list` and its option `--silenced`.',
  ),
  TCN_ALERT_SILENCE: entry(
    400,
    'the silence is not possible',
    'A silence needs a matcher and an end within 30 days, and there are at most 1,000 of them.',
  ),
  TCN_RULE_UNKNOWN: entry(
    404,
    'there is no such rule',
    'List the rules with `tocsin rules`. They are configured in `rules`.',
  ),
})
