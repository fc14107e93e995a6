//! What this module takes from others is what they offer.

use super::module;

#[test]
fn what_is_read_called_and_heard_is_what_the_neighbours_offer() {
    let spc = module();
    let (inspection, oee) = (toolcrib_module_inspection::module(), toolcrib_module_oee::module());
    let [read] = &spc.manifest().reads[..] else { panic!("one record is read") };
    let record = inspection.manifest().record(&read.record).filter(|record| record.shared).unwrap();
    for field in &read.fields {
        assert!(record.fields.iter().any(|owned| owned.name == field.name && owned.of == field.of), "{}", field.name);
    }
    let [call] = &spc.manifest().calls[..] else { panic!("one operation is called") };
    let (_, offered) = oee.manifest().handler(&call.operation).unwrap();
    assert!(offered.input.same_shape(&call.input) && offered.output.same_shape(&call.output));
    assert!(offered.roles.iter().any(|role| role == "module"), "{:?}", offered.roles);
    let heard = &spc.manifest().handler("measured").unwrap().1.input;
    let told = inspection.manifest().events.iter().find(|event| event.name == "measured").unwrap();
    for field in heard.fields() {
        let known = told.body.fields().iter().find(|known| known.name == field.name);
        assert!(known.is_some_and(|known| known.of.same_shape(&field.of)), "{}", field.name);
    }
}
