import { z } from 'zod'
import { type AcrossHubsContext, ofHub } from './across-hubs.js'
import type { RuleDetails, RuleInfo } from './contract/index.js'
import { type Method, method } from './method.js'
import * as results from './results/rules.js'

/** The rules as methods see them. */
export interface RulesControl {
  list(): RuleInfo[]
  /** Throws TCN_RULE_UNKNOWN. */
  show(name: string): RuleDetails
}

export interface RuleMethodContext {
  rules: RulesControl
}

export function ruleMethods(context: RuleMethodContext & AcrossHubsContext): Method[] {
  const { rules } = context
  return [
    ofHub(
      context,
      method({
        name: 'rules.list',
        summary: 'Lists the rules with their counters.',
        right: 'monitor',
        params: z.object({}),
        result: results.rules,
        run: async () => ({ rules: rules.list() }),
      }),
    ),
    method({
      name: 'rules.show',
      summary: 'Shows one rule with its settings and counters.',
      right: 'admin',
      params: z.object({ name: z.string().max(64) }),
      result: results.ruleDetails,
      run: async (_call, { name }) => rules.show(name),
    }),
  ]
}
