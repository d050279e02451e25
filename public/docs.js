// Shows /openapi.json. Everything comes from this origin: no fonts, telemetry, proxy or
// assistant of anybody else's.
window.Scalar.createApiReference('#reference', {
  url: '/openapi.json',
  theme: 'default',
  layout: 'modern',
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: '',
  agent: { disabled: true },
  mcp: { disabled: true },
  hideClientButton: true,
  showDeveloperTools: 'never',
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  hiddenClients: false,
  persistAuth: false,
  defaultOpenFirstTag: true,
  authentication: { preferredSecurityScheme: 'bearer' },
})
