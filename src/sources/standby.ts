import type { OnceSources } from './source.js'

/** Why a source that runs once among the hubs that share a log does not run at this one. */
export function whereItRuns(once: Pick<OnceSources, 'isPrimary' | 'primary'> | undefined): string {
  if (once?.isPrimary) return 'it is about to run at this hub'
  if (once?.primary === undefined) return 'it runs at the primary hub, and none is known'
  return `it runs at the primary hub ${once.primary}`
}
