import { join } from 'node:path'
import type { z } from 'zod'
import type { Check, Finding, Patient } from '../../../../src/cli/commands/doctor/finding.js'
import { hubConfig } from '../../../../src/hub/config/index.js'

/** What the doctor knows of a machine without a running hub; its folders are in this one. */
export function patientIn(
  folder: string,
  config: z.input<typeof hubConfig> = {},
  more: Partial<Patient> = {},
): Patient {
  return {
    options: {},
    environment: { variables: {}, home: folder },
    configuration: { file: 'tocsin.yaml', valid: true, problems: [], warnings: [] },
    config: hubConfig.parse(config),
    data: join(folder, 'data'),
    hub: { error: { code: 'TCN_CLIENT_UNREACHABLE', message: 'nobody' } },
    ...more,
  }
}

export function look(
  checks: readonly Check[],
  name: string,
  who: Patient,
): Promise<Omit<Finding, 'check'>[]> {
  return checks.find((check) => check.name === name)!.run(who)
}
