import type { CgroupInfo } from '../../jobs/index.js'

/** Says by which means the hub finds and ends the processes of jobs. */
export function cgroupsText({ folder, controllers, reason }: CgroupInfo): string {
  if (folder === undefined) return `ended by process groups and /proc, without cgroups: ${reason}`
  const limits = controllers.length === 0 ? 'no controllers' : controllers.join(', ')
  return `ended by cgroups in ${folder} (${limits})`
}
