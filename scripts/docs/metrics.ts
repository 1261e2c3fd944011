import { metricsCatalogue } from '../../src/hub/metrics/catalogue.js'

export function metricsReference(): string {
  const rows = Object.entries(metricsCatalogue).map(
    ([name, { type, unit, labels, help }]) =>
      `| \`${name}\` | ${type} | ${unit} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  return `# Metrics

The metrics that \`GET /metrics\` returns, in the text format of Prometheus. For instructions see [metrics](../guide/metrics.md). This page is generated from the catalogue of metrics.

| metric | type | unit | labels | what it says |
|---|---|---|---|---|
${rows.join('\n')}

The usual metrics of a Node.js process are included: \`process_…\` and \`nodejs_…\`.
`
}
