import { ntfy, slack, teams } from './chat.js'
import { opsgenie, pagerduty } from './duty.js'
import type { Form } from './form.js'
import { alertmanager, loki } from './store.js'

export const formNames = ['slack', 'teams', 'pagerduty', 'opsgenie', 'ntfy', 'alertmanager', 'loki'] as const
export type FormName = (typeof formNames)[number]

/** The receivers whose form is known, by their names in the configuration. */
export const forms: Readonly<Record<FormName, Form>> = {
  ...{ slack, teams, pagerduty, opsgenie, ntfy, alertmanager, loki },
}
