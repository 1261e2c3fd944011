import { z } from 'zod'
import type { ReloadReport } from '../../bus/method-types.js'
import { type Method, method } from '../../bus/methods.js'

export interface ConfigMethodContext {
  /** Reads the configuration again. */
  reload(): Promise<ReloadReport>
}

export function configMethods({ reload }: ConfigMethodContext): Method[] {
  return [
    method({
      name: 'config.reload',
      summary: 'Reads the configuration again, and says what changed and what waits for a restart.',
      right: 'admin',
      local: true,
      params: z.object({}),
      run: () => reload(),
    }),
  ]
}
