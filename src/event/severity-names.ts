/** The severities of RFC 5424, the worst first. */
export const severityNames = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
export type SeverityName = (typeof severityNames)[number]
