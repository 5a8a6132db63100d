// RFC 9457 problem documents: how every error of the API looks.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"
#include "runtime/http/message.hpp"
#include "workflow/value/value.hpp"

namespace endure::http {

// The status that an Error is answered with.
int status_of(Code code);

// {type, title, status, detail, code, where}
workflow::Json problem_document(const Error& error);
workflow::Json problem_document(int status, std::string_view code, std::string_view detail,
                                std::string_view where = {});

// The same as a response; `extra` members are added. Any thread; never throws.
Response problem(const Error& error, const workflow::Json& extra = workflow::Json::object());

// For what only HTTP knows: `code` is too_large, unauthorized, … and is the type's last part.
Response problem(int status, std::string_view code, std::string_view detail,
                 std::string_view where = {},
                 const workflow::Json& extra = workflow::Json::object());

Response with_header(Response response, std::string name, std::string value);

}  // namespace endure::http
