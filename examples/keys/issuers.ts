/**
 * Settings for the access tokens of issuers in daily use. Replace the names in capitals and of
 * `example` with your own. `issuers.test.ts` runs each of them with a token of that shape.
 */
import type { Issuer } from 'latchkey'
import { remoteKeys } from 'latchkey/remote-keys'

export const identityServers = {
  // Add an audience mapper to the client; the default audience `account` is not yours.
  keycloak: {
    issuer: 'https://id.example/realms/shop',
    audience: 'shop-api',
    typ: 'JWT',
    requiredClaims: { typ: 'Bearer' },
    keys: remoteKeys('https://id.example/realms/shop/protocol/openid-connect/certs'),
  },
  zitadel: {
    issuer: 'https://INSTANCE.zitadel.cloud',
    audience: 'PROJECT_ID',
    typ: 'JWT',
    keys: remoteKeys('https://INSTANCE.zitadel.cloud/oauth/v2/keys'),
  },
  logto: {
    issuer: 'https://TENANT.logto.app/oidc',
    audience: 'https://api.shop.example',
    keys: remoteKeys('https://TENANT.logto.app/oidc/jwks'),
  },
  // With `strategies.access_token: jwt`.
  hydra: {
    issuer: 'https://id.example',
    audience: 'shop-api',
    typ: 'JWT',
    keys: remoteKeys('https://id.example/.well-known/jwks.json'),
  },
  springAuthorizationServer: {
    issuer: 'https://id.example',
    audience: 'CLIENT_ID',
    typ: 'JWT',
    keys: remoteKeys('https://id.example/oauth2/jwks'),
  },
  // The plugin `jwt`.
  betterAuth: {
    issuer: 'https://app.example',
    audience: 'https://app.example',
    typ: 'JWT',
    keys: remoteKeys('https://app.example/api/auth/jwks'),
  },
  // Another application with `keys`, or latchkey-server.
  latchkey: {
    issuer: 'https://id.example',
    audience: 'shop',
    keys: remoteKeys('https://id.example/.well-known/jwks.json'),
  },
} satisfies Record<string, Issuer>

export const hostedSignIn = {
  // With the RFC 9068 profile leave `typ` out.
  auth0: {
    issuer: 'https://TENANT.auth0.com/',
    audience: 'https://api.shop.example',
    typ: 'JWT',
    keys: remoteKeys('https://TENANT.auth0.com/.well-known/jwks.json'),
  },
  // A custom authorization server; tokens of the org server are not for you to verify.
  okta: {
    issuer: 'https://DOMAIN.okta.com/oauth2/default',
    audience: 'api://default',
    typ: 'JWT',
    keys: remoteKeys('https://DOMAIN.okta.com/oauth2/default/v1/keys'),
  },
  // `azp` is the origin of the page that got the token.
  clerk: {
    issuer: 'https://NAME.clerk.accounts.dev',
    audience: 'https://shop.example',
    audienceClaim: 'azp',
    typ: 'JWT',
    keys: remoteKeys('https://NAME.clerk.accounts.dev/.well-known/jwks.json'),
  },
  // No claim names the application, but its keys are its own.
  workos: {
    issuer: 'https://api.workos.com/user_management/CLIENT_ID',
    dangerouslyAnyAudience: true,
    typ: 'JWT',
    keys: remoteKeys('https://api.workos.com/sso/jwks/CLIENT_ID'),
  },
  // With asymmetric signing keys. `role` is `anon` if no user is signed in.
  supabase: {
    issuer: 'https://PROJECT.supabase.co/auth/v1',
    audience: 'authenticated',
    typ: 'JWT',
    requiredClaims: { role: 'authenticated' },
    keys: remoteKeys('https://PROJECT.supabase.co/auth/v1/.well-known/jwks.json'),
  },
  firebase: {
    issuer: 'https://securetoken.google.com/PROJECT_ID',
    audience: 'PROJECT_ID',
    typ: 'JWT',
    keys: remoteKeys(
      'https://www.googleapis.com/service_accounts/v1/jwk/securetoken@system.gserviceaccount.com',
    ),
  },
} satisfies Record<string, Issuer>

export const microsoftEntra = {
  // `accessTokenAcceptedVersion: 2` in the manifest.
  version2: {
    issuer: 'https://login.microsoftonline.com/TENANT_ID/v2.0',
    audience: 'CLIENT_ID',
    typ: 'JWT',
    requiredClaims: { scp: 'access_as_user' },
    keys: remoteKeys('https://login.microsoftonline.com/TENANT_ID/discovery/v2.0/keys'),
  },
  version1: {
    issuer: 'https://sts.windows.net/TENANT_ID/',
    audience: 'api://CLIENT_ID',
    typ: 'JWT',
    requiredClaims: { scp: 'access_as_user' },
    keys: remoteKeys('https://login.microsoftonline.com/TENANT_ID/discovery/keys'),
  },
  // Without `tid`, people of every tenant in the world are accepted.
  manyTenants: {
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    audience: 'CLIENT_ID',
    typ: 'JWT',
    requiredClaims: { scp: 'access_as_user', tid: ['TENANT_ID', 'OTHER_TENANT_ID'] },
    keys: remoteKeys('https://login.microsoftonline.com/common/discovery/v2.0/keys'),
  },
} satisfies Record<string, Issuer>

export const platforms = {
  // Access tokens have no `aud`.
  cognitoAccess: {
    issuer: 'https://cognito-idp.REGION.amazonaws.com/POOL_ID',
    audience: 'CLIENT_ID',
    audienceClaim: 'client_id',
    typ: 'JWT',
    requiredClaims: { token_use: 'access' },
    keys: remoteKeys('https://cognito-idp.REGION.amazonaws.com/POOL_ID/.well-known/jwks.json'),
  },
  cognitoId: {
    issuer: 'https://cognito-idp.REGION.amazonaws.com/POOL_ID',
    audience: 'CLIENT_ID',
    typ: 'JWT',
    requiredClaims: { token_use: 'id' },
    keys: remoteKeys('https://cognito-idp.REGION.amazonaws.com/POOL_ID/.well-known/jwks.json'),
  },
  googleId: {
    issuer: 'https://accounts.google.com',
    audience: 'CLIENT_ID.apps.googleusercontent.com',
    typ: 'JWT',
    requiredClaims: { email_verified: true },
    keys: remoteKeys('https://www.googleapis.com/oauth2/v3/certs'),
  },
  // With the option `header: { name: 'X-Goog-IAP-JWT-Assertion', scheme: null }`.
  googleIap: {
    issuer: 'https://cloud.google.com/iap',
    audience: '/projects/NUMBER/global/backendServices/ID',
    typ: 'JWT',
    keys: remoteKeys('https://www.gstatic.com/iap/verify/public_key-jwk'),
  },
  // With the option `header: { name: 'Cf-Access-Jwt-Assertion', scheme: null }`.
  cloudflareAccess: {
    issuer: 'https://TEAM.cloudflareaccess.com',
    audience: 'APPLICATION_AUD_TAG',
    typ: 'JWT',
    requiredClaims: { type: 'app' },
    keys: remoteKeys('https://TEAM.cloudflareaccess.com/cdn-cgi/access/certs'),
  },
  // Every repository can get a token for any audience: `repository` is what protects you.
  githubActions: {
    issuer: 'https://token.actions.githubusercontent.com',
    audience: 'https://shop.example',
    typ: 'JWT',
    requiredClaims: { repository: 'OWNER/REPOSITORY', ref: 'refs/heads/main' },
    keys: remoteKeys('https://token.actions.githubusercontent.com/.well-known/jwks'),
  },
  // `kubectl get --raw /.well-known/openid-configuration` shows both addresses.
  kubernetes: {
    issuer: 'https://oidc.eks.REGION.amazonaws.com/id/CLUSTER_ID',
    audience: 'shop-api',
    typ: 'JWT',
    keys: remoteKeys('https://oidc.eks.REGION.amazonaws.com/id/CLUSTER_ID/keys'),
  },
} satisfies Record<string, Issuer>
