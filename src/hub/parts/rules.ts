import { TocsinError } from '../../errors/tocsin-error.js'
import type { Jobs } from '../../jobs/index.js'
import type { RuleDetails, RuleInfo } from '../../methods/contract/index.js'
import type { RulesControl } from '../../methods/rules.js'
import type { Matchable } from '../../rules/alerts/alert-test.js'
import type { KnownAlerts } from '../../rules/alerts/known-alerts.js'
import type { AlertsControl } from '../../rules/alerts/methods.js'
import { NOTICES, noticesFor } from '../../rules/alerts/notice-run.js'
import { type AlertRoutesConfig, configuredRoutes } from '../../rules/alerts/routes-config.js'
import { configuredRules, type RulesConfig } from '../../rules/config.js'
import { type JobStarter, jobSinks } from '../../rules/job-sink.js'
import { allRules } from '../../rules/library/index.js'
import type { KitName } from '../../rules/library/kit-names.js'
import type { RuleDefinition } from '../../rules/rule.js'
import type { RuleHost } from '../../rules/rule-host.js'
import { RulesRunner } from '../../rules/runner.js'
import { type ConfiguredSink, configuredSinks, type SinksConfig } from '../../sinks/config.js'
import type { MetricSample } from '../../types/metric.js'
import { jobStarter, type RuleHostParts, ruleHost } from './rule-host.js'

interface WithRules {
  readonly sinks: SinksConfig
  readonly ruleKits: readonly KitName[]
  readonly rules: RulesConfig
  readonly alertRoutes: AlertRoutesConfig
}

/** Returns the rules of a hub. */
export function rulesOf(parts: RuleHostParts & { jobs: Jobs }, config: WithRules): Rules {
  return new Rules(ruleHost(parts), jobStarter(parts.jobs, parts.access), config)
}

/** The rules of a hub. */
export class Rules implements RulesControl, AlertsControl {
  readonly #runner: RulesRunner
  readonly #jobs: JobStarter

  constructor(host: RuleHost, jobs: JobStarter, config: WithRules) {
    this.#jobs = jobs
    this.#runner = new RulesRunner(rulesIn(config), host)
  }

  /** The sinks of the configuration, and those that start the jobs of rules. */
  sinksFor({ sinks, rules }: WithRules): ConfiguredSink[] {
    return [...configuredSinks(sinks), ...jobSinks(configuredRules(rules), this.#jobs)]
  }

  /** Resolves when they have begun, or cannot. */
  start(): Promise<void> {
    return this.#runner.start()
  }

  stop(): Promise<void> {
    return this.#runner.stop()
  }

  configure(config: WithRules): Promise<void> {
    return this.#runner.configure(rulesIn(config))
  }

  list(): RuleInfo[] {
    return this.#runner
      .status()
      .filter(({ name }) => name !== NOTICES)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  alerts(): Promise<KnownAlerts> {
    return this.#runner.alerts()
  }

  sinksOf(alert: Matchable): readonly string[] {
    const notices = this.#runner.definitions.find(({ name }) => name === NOTICES)?.notices
    return notices?.of(alert)?.sinks ?? []
  }

  publish(event: { tag: string; data: unknown }): Promise<void> {
    return this.#runner.publish(event)
  }

  show(name: string): RuleDetails {
    const info = this.list().find((each) => each.name === name)
    const definition = this.#runner.definitions.find((each) => each.name === name)
    if (info === undefined || definition === undefined)
      throw new TocsinError('TCN_RULE_UNKNOWN', `there is no rule ${JSON.stringify(name)}`)
    const { name: _, ...settings } = definition
    return { ...info, settings }
  }

  *samples(): Iterable<MetricSample> {
    const rules = this.list()
    if (rules.length === 0) return
    yield { name: 'tocsin_rules_up', value: rules[0].state === 'up' ? 1 : 0 }
    const { seq } = this.#runner
    if (seq !== undefined) yield { name: 'tocsin_rules_position', value: seq }
    for (const rule of rules) yield* samplesOf(rule)
  }
}

/** The rules of the configuration, and what tells sinks of their alerts. */
function rulesIn(config: WithRules): RuleDefinition[] {
  const rules = configuredRules(allRules(config))
  const notices = noticesFor(rules, configuredRoutes(config.alertRoutes))
  return notices === undefined ? rules : [...rules, notices]
}

const COUNTERS = ['matched', 'fired', 'suppressed', 'stopped', 'failed', 'evicted', 'late', 'early'] as const
const GAUGES = ['groups', 'waiting', 'held', 'alerts'] as const

function* samplesOf(rule: RuleInfo): Iterable<MetricSample> {
  const labels = { rule: rule.name }
  for (const name of COUNTERS) yield { name: `tocsin_rule_${name}_total`, value: rule[name], labels }
  for (const name of GAUGES) yield { name: `tocsin_rule_${name}`, value: rule[name], labels }
}
