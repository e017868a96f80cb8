// A single-page app on Auth0's own SDK. config.json: what its client is created with. What happened is in #outcome.
const outcome = document.getElementById('outcome')
const show = (value) => { outcome.textContent = JSON.stringify(value) }

const ready = fetch('/config.json').then((response) => response.json()).then((told) => new auth0.Auth0Client(told))

const actions = {
  'sign-in': (client) => client.loginWithRedirect(),
  renew: (client) => client.getTokenSilently({ cacheMode: 'off', detailedResponse: true }),
  'sign-out': (client) => client.logout({ logoutParams: { returnTo: `${location.origin}/?signed-out` } }),
}

for (const [id, action] of Object.entries(actions)) {
  document.getElementById(id).addEventListener('click', async () => {
    show(null)
    await action(await ready).then((value) => value && show(value), (error) => show({ error: error.error ?? error.message }))
  })
}

async function begin(client) {
  if (new URLSearchParams(location.search).has('code')) {
    await client.handleRedirectCallback()
    history.replaceState({}, '', '/')
  } else {
    await client.checkSession()
  }
  show({ user: (await client.getUser()) ?? null })
}

ready.then(begin).catch((error) => show({ error: error.error ?? error.message }))
