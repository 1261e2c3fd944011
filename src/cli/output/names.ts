/** Formats of an event, by the names of `--format`. */
export const formatNames = ['line', 'json', 'yaml', 'raw', 'frame'] as const
export type FormatName = (typeof formatNames)[number]
