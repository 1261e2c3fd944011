import { counter, gauge } from '../types/metric.js'

/** The metrics of rules. */
export const ruleMetrics = {
  tocsin_rules_up: gauge(
    '1',
    '1 while the rules decide on events, 0 if they cannot or another hub runs them.',
  ),
  tocsin_rules_position: gauge('1', 'Number of the event up to which the rules are.'),
  tocsin_rule_matched_total: counter('events', 'Events that matched the filter of a rule.', ['rule']),
  tocsin_rule_fired_total: counter('times', 'How often a rule has acted.', ['rule']),
  tocsin_rule_suppressed_total: counter('times', 'How often a rule had acted within `onceWithin` already.', [
    'rule',
  ]),
  tocsin_rule_stopped_total: counter(
    'times',
    'How often the guards against loops and floods stopped a rule.',
    ['rule'],
  ),
  tocsin_rule_failed_total: counter('times', 'How often the event of a rule could not be made.', ['rule']),
  tocsin_rule_evicted_total: counter('groups', 'Groups that a rule forgot because there were too many.', [
    'rule',
  ]),
  tocsin_rule_late_total: counter(
    'events',
    'Events that a rule with `eventTime` left out because later ones of their group were handled.',
    ['rule'],
  ),
  tocsin_rule_early_total: counter(
    'events',
    'Events that a rule with `eventTime` handled before their delay was over because it held too many.',
    ['rule'],
  ),
  tocsin_rule_groups: gauge('groups', 'Groups that a rule remembers.', ['rule']),
  tocsin_rule_waiting: gauge('matches', 'Matches of a rule that wait for another event.', ['rule']),
  tocsin_rule_held: gauge('events', 'Events that a rule with `eventTime` holds until it is their turn.', [
    'rule',
  ]),
  tocsin_rule_alerts: gauge('alerts', 'Alerts of a rule that have begun and not ended.', ['rule']),
}
