"""The plan for a login that somebody else begins: oidcc-3rdparty-init-login-certification-test-plan."""

import pytest

from tests.certification.flows import EVERY
from tests.certification.modules import spec
from tests.certification.suite import Run


@pytest.mark.parametrize("flow", EVERY, ids=str)
class TestThirdPartyLogin:
    """Two modules."""

    @spec("oidcc-3rd_party-init-login", "initiate_login_uri is kept: registration says so, and so does reading it")
    def test_oidcc_3rd_party_init_login(self, run: Run):
        uri = run.url("initiate")
        found = run.register(initiate_login_uri=uri).registered
        headers = {"Authorization": f"Bearer {found['registration_access_token']}"}
        read = run.http.get(found["registration_client_uri"], headers=headers, timeout=60)
        assert read.status_code == 200
        assert found["initiate_login_uri"] == read.json()["initiate_login_uri"] == uri
        run.complete()

    @spec("oidcc-3rd_party-init-login-nohttps", "an initiate_login_uri without https: 400 invalid_client_metadata")
    def test_oidcc_3rd_party_init_login_nohttps(self, run: Run):
        uri = run.url("initiate").replace("https://", "http://")
        refused = run.send_registration(run.metadata(initiate_login_uri=uri))
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client_metadata")
