export { type JobsConfig, jobsConfig } from './config.js'
export { type CommandResult, type Job, type JobState, NO_QUEUE, succeeded } from './job.js'
export { jobTag, jobTypes } from './job-event.js'
export { type JobRequest, Jobs, type JobsOptions } from './jobs.js'
