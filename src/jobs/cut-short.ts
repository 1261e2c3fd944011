import { Cgroup } from '../processes/cgroup.js'
import type { LeftProcesses } from '../processes/end-processes.js'
import type { Job } from './job.js'
import { JobProcesses, type ProcessHost } from './job-processes.js'
import { sizeOfOutput } from './output-file.js'

/** Ends what is left of a job that was not finished when the hub ended. Returns its record. */
export async function finishCutShort(
  job: Job,
  host: ProcessHost,
  { folder, killAfter }: { folder: string | undefined; killAfter: number },
): Promise<Job> {
  const cgroup = job.cgroup === undefined ? undefined : new Cgroup(job.cgroup)
  const processes = new JobProcesses(host, job.run, { record: job.trace, cgroup })
  await processes.endRest(killAfter)
  const { left } = processes
  const place = { folder: folder ?? '', name: job.run, partBytes: job.partBytes }
  const when = job.state === 'pending' ? 'before its turn' : `while it ran${afterCrash(left)}`
  const reason = `the hub ended ${when}`
  const { trace: _, ...rest } = job
  return {
    ...rest,
    ...(left.count > 0 && { left }),
    state: 'finished',
    finished: host.runtime.now(),
    reason: job.reason === undefined ? reason : `${job.reason}; ${reason}`,
    outputBytes: Math.max(job.outputBytes, await sizeOfOutput(place)),
  }
}

/** The end of the reason: what became of its processes. */
function afterCrash({ count, processes }: LeftProcesses): string {
  if (count === 0) return ''
  const stay = processes.filter(({ end }) => end === 'stays').length
  return `; ${count} processes that were left have been ended${stay === 0 ? '' : `, but for ${stay}`}`
}
