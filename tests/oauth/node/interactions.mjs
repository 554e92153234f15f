// Copyright: (c) 2026, gatehouse.api contributors
// GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-FileCopyrightText: 2026, gatehouse.api contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// The pages that a person sees: log in, consent, and the page that shows a code to be copied.

import { urlencoded } from './forms.mjs';

const PATH = /^\/interaction\/[^/]+$/;

export function interactions(provider, world) {
  return async (ctx, next) => {
    if (ctx.path === '/oob' && ctx.method === 'GET') return page(ctx, `<p id="code">${safe(ctx.query.code)}</p>`);
    if (!PATH.test(ctx.path)) return next();
    const details = await provider.interactionDetails(ctx.req, ctx.res);
    if (ctx.method === 'POST') return decide(provider, world, ctx, details);
    return ask(ctx, details);
  };
}

function ask(ctx, { prompt }, message = '') {
  const fields = prompt.name === 'login' ? '<input name="username"><input type="password" name="password">' : '';
  return page(
    ctx,
    `<p id="error">${message}</p><form id="${prompt.name}" method="post" action="${ctx.path}">${fields}
    <button type="submit" name="decision" value="allow">Continue</button>
    <button type="submit" name="decision" value="deny">Cancel</button></form>`,
  );
}

async function decide(provider, world, ctx, details) {
  const answer = await urlencoded(ctx.req);
  let result;
  if (answer.decision === 'deny') {
    result = { error: 'access_denied', error_description: 'the person said no' };
  } else if (details.prompt.name === 'login') {
    const { username = '', password = '' } = answer;
    if (!Object.hasOwn(world.users, username) || world.users[username] !== password) {
      ctx.status = 401;
      return ask(ctx, details, 'wrong name or password');
    }
    result = { login: { accountId: username, amr: ['pwd'] } };
  } else {
    result = { consent: { grantId: await consent(provider, details) } };
  }
  ctx.respond = false;
  return provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: !result.error });
}

async function consent(provider, { grantId, params, prompt, session }) {
  const grant = grantId
    ? await provider.Grant.find(grantId)
    : new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  const { missingOIDCScope, missingOIDCClaims, missingResourceScopes } = prompt.details;
  if (missingOIDCScope) grant.addOIDCScope(missingOIDCScope.join(' '));
  if (missingOIDCClaims) grant.addOIDCClaims(missingOIDCClaims);
  for (const [resource, scopes] of Object.entries(missingResourceScopes ?? {})) {
    grant.addResourceScope(resource, scopes.join(' '));
  }
  return grant.save();
}

function page(ctx, body) {
  ctx.type = 'html';
  ctx.body = `<!DOCTYPE html><html><body>${body}</body></html>`;
}

const safe = (text) => String(text ?? '').replace(/[^\w.~-]/g, '');
