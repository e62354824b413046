/* A security key in software, for tests: Ed25519, touched at once. As sk-api.h of OpenSSH has it. */
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define ED25519 0x01
#define TOUCHED 0x01
#define UNSUPPORTED -2

struct sk_enroll_response {
    uint8_t flags;
    uint8_t *public_key; size_t public_key_len;
    uint8_t *key_handle; size_t key_handle_len;
    uint8_t *signature; size_t signature_len;
    uint8_t *attestation_cert; size_t attestation_cert_len;
    uint8_t *authdata; size_t authdata_len;
};
struct sk_sign_response {
    uint8_t flags;
    uint32_t counter;
    uint8_t *sig_r; size_t sig_r_len;
    uint8_t *sig_s; size_t sig_s_len;
};
struct sk_option;
struct sk_resident_key;

uint32_t sk_api_version(void) { return 0x000a0000; }

int sk_enroll(uint32_t alg, const uint8_t *challenge, size_t challenge_len, const char *application,
              uint8_t flags, const char *pin, struct sk_option **options,
              struct sk_enroll_response **out) {
    if (alg != ED25519) return UNSUPPORTED;
    EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    struct sk_enroll_response *made = calloc(1, sizeof *made);
    if (!key || !made) return -1;
    made->public_key_len = made->key_handle_len = 32;
    made->public_key = calloc(1, 32);
    made->key_handle = calloc(1, 32);
    EVP_PKEY_get_raw_public_key(key, made->public_key, &made->public_key_len);
    EVP_PKEY_get_raw_private_key(key, made->key_handle, &made->key_handle_len);
    made->flags = flags;
    EVP_PKEY_free(key);
    *out = made;
    return 0;
}

int sk_sign(uint32_t alg, const uint8_t *data, size_t data_len, const char *application,
            const uint8_t *key_handle, size_t key_handle_len, uint8_t flags, const char *pin,
            struct sk_option **options, struct sk_sign_response **out) {
    uint8_t message[SHA256_DIGEST_LENGTH * 2 + 5] = {0};
    if (alg != ED25519) return UNSUPPORTED;
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, key_handle, key_handle_len);
    EVP_MD_CTX *signing = EVP_MD_CTX_new();
    struct sk_sign_response *made = calloc(1, sizeof *made);
    if (!key || !signing || !made) return -1;
    made->flags = TOUCHED;
    made->counter = 7;
    SHA256((const uint8_t *)application, strlen(application), message);
    message[32] = made->flags;
    message[36] = (uint8_t)made->counter;
    SHA256(data, data_len, message + 37);
    made->sig_r_len = 64;
    made->sig_r = calloc(1, 64);
    int done = EVP_DigestSignInit(signing, NULL, NULL, NULL, key) == 1 &&
               EVP_DigestSign(signing, made->sig_r, &made->sig_r_len, message, sizeof message) == 1;
    EVP_MD_CTX_free(signing);
    EVP_PKEY_free(key);
    *out = made;
    return done ? 0 : -1;
}

int sk_load_resident_keys(const char *pin, struct sk_option **options,
                          struct sk_resident_key ***out, size_t *count) {
    return UNSUPPORTED;
}
