// A single-page app on oidc-client-ts. config.json: {authority, client_id}. What each button led to is in #outcome.
const origin = location.origin
const outcome = document.getElementById('outcome')
const show = (value) => { outcome.textContent = JSON.stringify(value) }
const facts = (user) => ({
  profile: user.profile,
  access_token: user.access_token,
  refresh_token: user.refresh_token ?? null,
  expires_in: user.expires_in,
})

const ready = fetch('/config.json').then((response) => response.json()).then((told) => new oidc.UserManager({
  ...told,
  redirect_uri: `${origin}/`,
  silent_redirect_uri: `${origin}/silent.html`,
  post_logout_redirect_uri: `${origin}/?signed-out`,
  scope: 'openid profile email offline_access',
  loadUserInfo: true,
  automaticSilentRenew: false,
  validateSubOnSilentRenew: true,
  filterProtocolClaims: false,
  monitorSession: true,
  checkSessionIntervalInSeconds: 1,
}))
ready.then((manager) => {
  manager.events.addUserSignedOut(() => show({ event: 'signed out' }))
  manager.events.addUserSessionChanged(() => show({ event: 'somebody else' }))
})

const actions = {
  'sign-in': (manager) => manager.signinRedirect(),
  async 'renew-by-frame'(manager) {
    await manager.removeUser() // with a user at hand it would take the refresh token
    return facts(await manager.signinSilent())
  },
  'renew-by-token': async (manager) => facts(await manager.signinSilent()),
  async 'call-userinfo'(manager) {
    const { access_token } = await manager.getUser()
    const endpoint = await manager.metadataService.getUserInfoEndpoint()
    return (await fetch(endpoint, { headers: { authorization: `Bearer ${access_token}` } })).json()
  },
  'sign-out': (manager) => manager.signoutRedirect(),
}

for (const [id, action] of Object.entries(actions)) {
  document.getElementById(id).addEventListener('click', async () => {
    show(null)
    const manager = await ready
    await action(manager).then((value) => value && show(value), (error) => show({ error: error.error ?? error.message }))
  })
}

if (location.search.includes('code=') || location.search.includes('error=')) {
  ready.then((manager) => manager.signinRedirectCallback()).then((user) => {
    history.replaceState({}, '', '/')
    show(facts(user))
  }, (error) => show({ error: error.error ?? error.message }))
}
