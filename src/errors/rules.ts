import { area, entry } from './area.js'

export const ruleErrors = area('Rules', {
  TCN_RULE_TEMPLATE: entry(
    400,
    'a template of a rule or a webhook cannot be used',
    'The message names the text. Fields are written as in filters, in braces after a dollar sign; beside them there are `time` and `cursor`, for rules `rule` and `count`, and for webhooks `summary`, `level` and `event`.',
  ),
  TCN_RULE_UNKNOWN: entry(
    404,
    'there is no such rule',
    'List the rules with `tocsin rules`. They are configured in `rules`.',
  ),
})
